"""Takes TensorFlow's libraries and C headers out of its wheel: unpack_wheel.py WHEEL FOLDER"""

import os
import re
import sys
import zipfile

# The C API, what it includes, and the libraries; the rest of the wheel is Python.
WANTED = re.compile(
    r"tensorflow/(libtensorflow_(cc|framework)\.[^/]+$"
    r"|include/(tensorflow/c|xla/tsl/c|tsl/c|tensorflow/core/platform|xla/tsl/platform|tsl/platform)/.*\.h$)"
)

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = [name for name in archive.namelist() if WANTED.match(name)]
    archive.extractall(folder, names)
if not any("libtensorflow_cc" in name for name in names):
    sys.exit(f"error: {os.path.basename(wheel)} holds no libtensorflow_cc")
