"""What scripts/release and scripts/npm share: versions, platforms, and archives whose bytes depend on nothing but what is in them."""
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLATFORMS = os.path.join(ROOT, "npm", "platforms.json")
# Every file has this time: npm's own, which is early enough for every format and late enough for zip.
TIME = 499162500
TIME_OF_ZIP = (1985, 10, 26, 8, 15, 0)


def fail(problem):
    sys.exit(f"{os.path.join('scripts', os.path.basename(sys.argv[0]))}: {problem}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def read_root(*names):
    return read(os.path.join(ROOT, *names))


def json_bytes(value):
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def manifest():
    return json.loads(read_root(".claude-plugin", "plugin.json"))


def version():
    """The one version, which Cargo.toml and plugin.json have to agree on."""
    found = re.search(r'^version = "([^"]+)"$', read_root("Cargo.toml").decode(), re.M)
    if not found:
        fail("Cargo.toml has no line with the version")
    if manifest()["version"] != found[1]:
        fail(f"the version is {found[1]} in Cargo.toml and {manifest()['version']} in .claude-plugin/plugin.json; make them the same")
    return found[1]


def platforms():
    return json.loads(read(PLATFORMS))


def platform(target):
    """The row of npm/platforms.json for the compiler's name of a platform; of this machine's where it is None."""
    target = target or next(line[6:] for line in subprocess.check_output(["rustc", "-vV"], text=True).splitlines() if line.startswith("host: "))
    for row in platforms():
        if row["target"] == target:
            return row
    fail(f"{target} is not in npm/platforms.json")


def binary_name(row):
    return "promptune.exe" if row["os"] == "win32" else "promptune"


def built(binary):
    """The path of the binary, which is built where it is None."""
    if binary is None:
        bash = ["bash", os.path.join(ROOT, "scripts", "build")]
        binary = subprocess.check_output(bash, text=True).splitlines()[-1]
    if not os.path.isfile(binary):
        fail(f"{binary} is not a file")
    return os.path.abspath(binary)


def folder(path):
    """All files below a folder, by their paths within it, with slashes."""
    files = {}
    for above, _, names in os.walk(path):
        for name in names:
            whole = os.path.join(above, name)
            files[os.path.relpath(whole, path).replace(os.sep, "/")] = read(whole)
    return files


def mode(name, programs):
    return 0o755 if name in programs else 0o644


def tar_gz(files, programs):
    """The bytes of a .tar.gz of {name: bytes}, in the order of the names; those in `programs` can be run."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(files[name]), TIME, mode(name, programs)
            archive.addfile(entry, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), 9, mtime=0)


def zipped(files, programs):
    """The bytes of a .zip, in the same way."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, TIME_OF_ZIP)
            entry.create_system, entry.compress_type = 3, zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode(name, programs)) << 16
            archive.writestr(entry, files[name])
    return whole.getvalue()


def write(directory, name, content):
    """Writes a file whole or not at all, and says its path."""
    path = os.path.join(directory, name)
    with open(f"{path}.tmp", "wb") as file:
        file.write(content)
    os.replace(f"{path}.tmp", path)
    print(path)
