//===--- CSafeTensors.h - parts of SafeTensors in C -*- C -*---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Checksums are in C, since in a package without build flags only C can use
// instructions that not every processor has. System calls of Linux are here if
// Swift's Glibc module does not have them.
//
//===----------------------------------------------------------------------===//

#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

/// Ways to compute a CRC-32C, in ascending order of speed.
enum {
  /// Two table look-ups a byte, on any processor.
  SAFETENSORS_CRC_TABLE = 0,
  /// The CRC-32C instruction of SSE4.2 or ARMv8, on three lanes at once.
  SAFETENSORS_CRC_LANES = 1,
  /// Carry-less multiplications of AVX-512 vectors, beside the instruction.
  SAFETENSORS_CRC_FOLDING = 2,
};

/// The fastest way that this processor can run.
int safetensors_crc32c_fastest(void);

/// The CRC-32C of some bytes and `count` more behind them, where `crc` is the
/// CRC-32C of the first, 0 for none. A `method` beyond the fastest is undefined
/// behaviour.
uint32_t safetensors_crc32c(int method, uint32_t crc, const void *bytes,
                            size_t count);

/// The CRC-32C of some bytes and `second_count` more behind them, where `first`
/// and `second` are the CRC-32C of either part.
uint32_t safetensors_crc32c_joined(uint32_t first, uint32_t second,
                                   uint64_t second_count);

/// Opens a folder in which files are to be made. Returns the descriptor, or -1
/// with `errno` set.
int safetensors_open_folder(const char *path);

/// Waits until the device has the names in a folder. Returns 0, or -1 with
/// `errno` set: `EIO`, ... It returns 0 also if the file system cannot do this,
/// or the process may not list the folder.
int safetensors_flush_folder(int folder);

/// Opens a new file in `folder` that has no name, and vanishes with its
/// descriptor if it gets none. Returns the descriptor, or -1 with `errno` set:
/// not every file system has such files.
int safetensors_open_unnamed(int folder, unsigned mode);

/// Gives an unnamed file a name, which must not exist in `folder`. Returns 0,
/// or -1 with `errno` set.
int safetensors_name(int file, int folder, const char *name);

/// Locks an open file until it is closed. Returns 0, or -1 with `errno` set:
/// `EWOULDBLOCK` if the file is locked already.
int safetensors_lock(int file);

/// Reserves the blocks of the first `count` bytes of a file. Returns 0, or -1
/// with `errno` set: `ENOSPC`, `EFBIG`, ... It returns 0 also if the file
/// system cannot do this.
int safetensors_reserve(int file, int64_t count);

/// Asks the system to start writing a range of a file to the device.
void safetensors_start_writing(int file, int64_t offset, int64_t count);

#endif
