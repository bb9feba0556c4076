set -eu
mkdir tests
: >tests/__init__.py
cat >cart.py <<'EOF'
def total(prices, tax):
    return round(sum(prices) * (1 + tax), 1)
EOF
cat >tests/test_cart.py <<'EOF'
import unittest

from cart import total


class Total(unittest.TestCase):
    def test_adds_tax(self):
        self.assertEqual(total([10, 20], 0.5), 45)

    def test_rounds_to_cents(self):
        self.assertEqual(total([0.99], 0.2), 1.19)


if __name__ == "__main__":
    unittest.main()
EOF
