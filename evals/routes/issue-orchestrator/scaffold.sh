set -eu
mkdir issues
cat >issues/0001-login-times-out.md <<'EOF'
---
title: Login times out
labels: [bug]
state: open
---

After ten minutes the form answers 408.
EOF
