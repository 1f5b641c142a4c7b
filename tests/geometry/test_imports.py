import subprocess
import sys


def test_geometry_needs_the_standard_library_alone() -> None:
    code = "import sys, striate.geometry\nprint(*sorted({'torch', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
