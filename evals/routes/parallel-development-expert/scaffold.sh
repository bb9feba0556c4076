set -eu
git init -q -b main
mkdir pages
for page in login settings search; do
    echo "<h1>$page</h1>" >"pages/$page.html"
done
git add -A
git -c user.name=Eval -c user.email=eval@example.com commit -q -m "Empty pages"
