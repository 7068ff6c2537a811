# SPDX-License-Identifier: Apache-2.0

# fetch_official ROOT: sets ADEMAMIX to the folder of the ademamix.py of
# apple/ml-ademamix, unless it is set. The repository is no package: it is
# fetched with git below .build. If it cannot be fetched, the folder is not
# there.
fetch_official() {
  local official="$1/.build/ml-ademamix" source=https://github.com/apple/ml-ademamix
  local revision=c3d73c09f1287e5c33b95189bb0aa7de0a5a7667
  if [[ -n "${ADEMAMIX:-}" ]]; then return; fi
  rm -rf "$official.new" # of a run that was interrupted
  if [[ ! -d "$official" ]] &&
    GIT_TERMINAL_PROMPT=0 git clone --quiet "$source" "$official.new"; then
    git -C "$official.new" checkout --quiet "$revision"
    mv "$official.new" "$official"
  fi
  ADEMAMIX="$official/pytorch"
}
