//===--- file_faults.c - system calls that fail as they are told ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Preloaded into a program by the tests, which stand in so for file systems and
// devices that cannot be had there. A variable of the environment has the
// `errno` that a call fails with:
//
//     FAULT_FSYNC_FOLDER FAULT_FSYNC_FILE FAULT_FALLOCATE FAULT_FLOCK
//     FAULT_UNNAMED      a file without a name is opened
//     FAULT_RENAME       any number: the process is killed instead
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Whether a call is to fail, with `errno` set.
static int fails(const char *variable) {
  const char *text = getenv(variable);
  if (!text)
    return 0;
  errno = atoi(text);
  return 1;
}

int fsync(int file) {
  struct stat status;
  int is_folder = fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
  if (fails(is_folder ? "FAULT_FSYNC_FOLDER" : "FAULT_FSYNC_FILE"))
    return -1;
  return (int)syscall(SYS_fsync, file);
}

int fallocate(int file, int mode, off_t offset, off_t count) {
  if (fails("FAULT_FALLOCATE"))
    return -1;
  return (int)syscall(SYS_fallocate, file, mode, offset, count);
}

int flock(int file, int operation) {
  if (fails("FAULT_FLOCK"))
    return -1;
  return (int)syscall(SYS_flock, file, operation);
}

int openat(int folder, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if ((flags & O_TMPFILE) == O_TMPFILE && fails("FAULT_UNNAMED"))
    return -1;
  return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int renameat(int old_folder, const char *old_path, int new_folder,
             const char *new_path) {
  if (fails("FAULT_RENAME"))
    kill(getpid(), SIGKILL);
  return (int)syscall(SYS_renameat2, old_folder, old_path, new_folder, new_path,
                      0);
}
