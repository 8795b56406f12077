"""Makes wheels of one module by hand; also the build backend of the tiny checkout in the tests."""

import base64
import hashlib
import zipfile
from pathlib import Path


def make_wheel(directory: Path, name: str) -> Path:
    """A wheel `name` 1.0 with the one module `name`, for any Python."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for path, text in files.items()
    }
    record = "".join(f"{path},sha256={digests[path]},{len(text)}\n" for path, text in files.items())
    wheel = directory / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return wheel


def build_editable(directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    return make_wheel(Path(directory), "tiny").name
