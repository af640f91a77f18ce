"""The program for the pods is one file, the same bytes for the same sources, and runs by itself."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from harness.prober import package
from harness.prober.package import build_zipapp, zipapp_hash


def test_the_same_bytes_each_time() -> None:
    first = build_zipapp()
    build_zipapp.cache_clear()
    assert build_zipapp() == first
    assert zipapp_hash() == zipapp_hash(first)
    assert len(zipapp_hash()) == 10
    assert zipapp_hash(first + b"x") != zipapp_hash()


def test_it_holds_the_sources_its_libraries_with_their_licences_and_nothing_else() -> None:
    with zipfile.ZipFile(io.BytesIO(build_zipapp())) as archive:
        names = archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    sources = sorted(path.name for path in Path(package.__file__).parents[1].joinpath("probe").glob("*.py"))
    ours = ["__main__.py", *(f"gamma_probe/{name}" for name in sources)]
    assert names[: len(ours)] == ours
    libraries = [name.split("/") for name in names[len(ours) :]]
    assert {parts[0] for parts in libraries} == {"h2", "hpack", "hyperframe", "licenses"}
    assert {parts[1] for parts in libraries if parts[0] == "licenses"} == {"h2", "hpack", "hyperframe"}
    assert all(parts[-1].endswith(".py") for parts in libraries if parts[0] != "licenses")


def test_the_libraries_load_from_it(tmp_path: Path) -> None:
    program = tmp_path / "probe.pyz"
    program.write_bytes(build_zipapp())
    code = f"import sys; sys.path.insert(0, '{program}'); import gamma_probe.h2echo, gamma_probe.grpc_call"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_it_fits_a_config_map_with_room_to_spare() -> None:
    assert len(build_zipapp()) < 256 * 1024


def test_it_runs_alone_and_isolated(tmp_path: Path) -> None:
    program = tmp_path / "probe.pyz"
    program.write_bytes(build_zipapp())
    done = subprocess.run([sys.executable, "-I", "-S", program, "--help"], capture_output=True, text=True, check=True)
    assert "serve" in done.stdout


def test_the_thin_commands_load_next_to_nothing(tmp_path: Path) -> None:
    program = tmp_path / "probe.pyz"
    program.write_bytes(build_zipapp())
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['probe.pyz', 'ready', '--socket', '{tmp_path}/none']\n"
        "try:\n"
        f"    runpy.run_path('{program}', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    print(end.code, *sorted({'asyncio', 'argparse', 'json', 'ssl', 'h2'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
    assert "does not answer" in done.stderr
