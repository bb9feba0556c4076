set -eu
git init -q -b main
mkdir docs
cat >docs/plan.md <<'EOF'
# Export

## Phase 1: rows (done)

`rows.py` returns the orders as tuples of (number, customer, total).

## Phase 2: CSV

- Add `export.py` with `to_csv(rows)`: a header line `number,customer,total`, then one line for each row.
- Totals have two decimals.
- Done when `python -m unittest` passes with a test for an empty list and one for two rows.
EOF
echo 'def rows(): return [(1, "Ada", 9.5), (2, "Lin", 20)]' >rows.py
git add -A
git -c user.name=Eval -c user.email=eval@example.com commit -q -m "Rows of the export"
