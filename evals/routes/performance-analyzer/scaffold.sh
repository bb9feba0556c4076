set -eu
cat >report.py <<'EOF'
def unique(rows):
    seen = []
    for row in rows:
        if row not in seen:
            seen.append(row)
    return seen


if __name__ == "__main__":
    print(len(unique([i % 5000 for i in range(20000)])))
EOF
