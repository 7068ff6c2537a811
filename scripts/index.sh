# SPDX-License-Identifier: Apache-2.0

# The compiler's index of the package. Sourced by the scripts that read it.

export PYTHONPATH=scripts PYTHONDONTWRITEBYTECODE=1
index=.build/openmpi/release/index/store

# take_index ARGUMENT ...: sets index to the value of --index, which comes first
# if it is there, and taken to how many arguments that are.
take_index() {
  taken=0
  [[ "${1:-}" == --index ]] || return 0
  (($# > 1)) || refuse "--index needs a value: it must be a folder"
  [[ -d "$2" ]] || refuse "--index $2: there is no such folder"
  index="$2"
  taken=2
}

# build_index: makes the index unless one is given, in the build of the tests with
# MPI. The setting is that of scripts/check: with another one, this script and that
# one would in turn build everything anew.
build_index() {
  ((taken)) || ADEMAMIX_WARNINGS_ARE_ERRORS=1 scripts/mpi build --build-tests >&2
}
