# SPDX-License-Identifier: Apache-2.0

# A virtual environment of Python below .build, for the scripts that make fixtures
# byte for byte.

# make_environment NAME REQUIREMENTS: sets environment to the folder of the
# environment, which has the packages of a file in its versions. NAME is that of
# the script.
make_environment() {
  if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$1: python3 3.11 or newer is needed, found $(python3 --version)" >&2
    exit 1
  fi
  environment="$root/.build/$1-venv"
  if [[ ! -x "$environment/bin/pip" ]]; then
    python3 -m venv "$environment"
  fi
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$2"
}
