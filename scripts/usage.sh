# SPDX-License-Identifier: Apache-2.0

# Answers --help and -h with the comment at the head of a script, and refuses
# unknown arguments. Scripts source this file before they do anything else.

# The path stays right when the script goes to another folder.
script_path="$(realpath "${BASH_SOURCE[-1]}")"

usage() {
  awk 'NR < 3 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$script_path"
}

# refuse MESSAGE: ends the script with status 64.
refuse() {
  echo "$(basename "$script_path"): $1. See --help." >&2
  exit 64
}

# take_none ARGUMENT ...: refuses all arguments.
take_none() {
  if (($#)); then refuse "unknown argument $1"; fi
}

# take_options TEXT ARGUMENT ...: refuses options that are no words of a text.
take_options() {
  local text argument
  text=" $(tr -c '[:alnum:]-' ' ' <<<"$1") "
  shift
  # A word behind the first argument may be the value of an option.
  if (($#)) && [[ "$1" != -* ]]; then refuse "unknown argument $1"; fi
  for argument in "$@"; do
    if [[ "$argument" == -* && "$text" != *" ${argument%%=*} "* ]]; then
      refuse "unknown argument $argument"
    fi
  done
}

# check_value OPTION PATTERN RULE ARGUMENT ...: everywhere in the arguments, a
# value must follow the option that matches the pattern. The rule is the pattern
# in words.
check_value() { check_values 1 "$@"; }

# check_list OPTION PATTERN RULE ARGUMENT ...: as check_value, with one value or
# more.
check_list() { check_values "$#" "$@"; }

# check_values LIMIT OPTION PATTERN RULE ARGUMENT ...: as check_value, with at
# least one value and at most LIMIT.
check_values() {
  local limit="$1" option="$2" pattern="$3" rule="$4" left= argument
  shift 4
  for argument in "$@" --; do
    if [[ "$argument" == "$option="* ]]; then
      left=1
      argument="${argument#*=}"
    elif [[ "$argument" == --* ]]; then
      [[ "$left" != "$limit" ]] || refuse "$option needs a value: it must be $rule"
      left=
      if [[ "$argument" == "$option" ]]; then left="$limit"; fi
      continue
    fi
    if [[ -n "$left" ]]; then
      ((left)) || refuse "unknown argument $argument"
      [[ "$argument" =~ ^($pattern)$ ]] ||
        refuse "$option $argument: it must be $rule"
      left=$((left - 1))
    fi
  done
}

# Patterns of values.
count_pattern='[1-9][0-9]{0,8}'
size_pattern='0*[1-9][0-9_]*[kKmM]?'

for argument in "$@"; do
  if [[ "$argument" == --help || "$argument" == -h ]]; then
    usage
    exit 0
  fi
done
unset argument
