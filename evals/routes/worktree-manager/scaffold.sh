set -eu
git init -q -b main
echo 'def login(user): return user.active' >login.py
git add -A
git -c user.name=Eval -c user.email=eval@example.com commit -q -m "Log in"
git branch hotfix/login
echo '# a reset link is still missing' >>login.py
