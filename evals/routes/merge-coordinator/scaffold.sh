set -eu
git init -q -b main
echo 'def price(item): return item.net' >price.py
git add -A
git -c user.name=Eval -c user.email=eval@example.com commit -q -m "Price"
git switch -q -c feature/prices
echo 'def price(item): return round(item.net, 2)' >price.py
git add -A
git -c user.name=Eval -c user.email=eval@example.com commit -q -m "Round prices to cents"
git switch -q main
echo 'def price(item): return item.net * 1.2' >price.py
git add -A
git -c user.name=Eval -c user.email=eval@example.com commit -q -m "Prices with tax"
