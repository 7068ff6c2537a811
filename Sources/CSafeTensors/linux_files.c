//===--- linux_files.c - system calls of Linux ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE // for all of the calls below
#include "CSafeTensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

// A file without a name is reached through the link to it in /proc.
enum { link_capacity = 32 };

static void write_link(char link[link_capacity], int file) {
  snprintf(link, link_capacity, "/proc/self/fd/%d", file);
}

int safetensors_open_folder(const char *path) {
  int flags = O_DIRECTORY | O_CLOEXEC;
  int folder = open(path, O_RDONLY | flags);
  // O_PATH serves for a folder that the process may not list.
  return folder < 0 && errno == EACCES ? open(path, O_PATH | flags) : folder;
}

int safetensors_flush_folder(int folder) {
  int status = fsync(folder);
  if (status == 0)
    return 0;
  switch (errno) {
  case EINVAL: // CIFS, VirtualBox's shared folders, some of FUSE
  case EOPNOTSUPP:
  case EBADF: // opened with O_PATH
    return 0;
  default:
    return status;
  }
}

int safetensors_open_unnamed(int folder, unsigned mode) {
  int file = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
  if (file < 0)
    return -1;
  char link[link_capacity];
  write_link(link, file);
  if (access(link, F_OK) == 0)
    return file;
  close(file);
  errno = EOPNOTSUPP;
  return -1;
}

int safetensors_name(int file, int folder, const char *name) {
  char link[link_capacity];
  write_link(link, file);
  return linkat(AT_FDCWD, link, folder, name, AT_SYMLINK_FOLLOW);
}

// Swift imports `flock` as the structure of that name.
int safetensors_lock(int file) { return flock(file, LOCK_EX | LOCK_NB); }

int safetensors_reserve(int file, int64_t count) {
  if (count == 0)
    return 0;
  int status;
  do
    status = fallocate(file, 0, 0, count);
  while (status != 0 && errno == EINTR);
  if (status == 0)
    return 0;
  switch (errno) {
  case EOPNOTSUPP:
  case ENOSYS:
    return 0;
  case EINVAL: // of file systems that know the call but not this use of it
    return count > 0 ? 0 : status;
  default:
    return status;
  }
}

void safetensors_start_writing(int file, int64_t offset, int64_t count) {
  // A hint. If it fails, the flush reports the error.
  (void)sync_file_range(file, offset, count, SYNC_FILE_RANGE_WRITE);
}
