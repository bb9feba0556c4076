set -eu
cat >search.py <<'EOF'
def search(items, words):
    found = []
    for word in words:
        for item in items:
            if word in item.lower().split() and item not in found:
                found.append(item)
    return found
EOF
