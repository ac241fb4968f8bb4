"""Run the program with `python -m runner.cli`."""

import sys

from runner.cli.program import main

sys.exit(main())
