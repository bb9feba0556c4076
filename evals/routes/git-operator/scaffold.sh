set -eu
git init -q -b main
echo 'def greet(name): return "Hello " + name' >greet.py
git add -A
git -c user.name=Eval -c user.email=eval@example.com commit -q -m "Greet by name"
echo 'def greet(name): return f"Hello {name}!"' >greet.py
