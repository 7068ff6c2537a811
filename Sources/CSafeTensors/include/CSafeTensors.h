//===--- CSafeTensors.h - what Swift cannot say itself -*- C -*------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Checksums, in C because C alone can use an instruction set that not every
// processor has inside a package without build flags; and the system calls of
// Linux that Swift's Glibc module leaves out.
//
//===----------------------------------------------------------------------===//

#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

/// Ways to compute a CRC-32C, in ascending order of speed.
enum {
  /// Two table look-ups a byte: runs everywhere.
  SAFETENSORS_CRC_TABLE = 0,
  /// The CRC-32C instruction of SSE4.2 or ARMv8, on three lanes at once.
  SAFETENSORS_CRC_LANES = 1,
  /// Carry-less multiplications of AVX-512 vectors, beside that instruction.
  SAFETENSORS_CRC_FOLDING = 2,
};

/// The fastest way that this processor can run.
int safetensors_crc32c_fastest(void);

/// The CRC-32C of what `crc` is the CRC-32C of, 0 for nothing, followed by
/// `count` bytes. Asking for a `method` beyond the fastest is undefined.
uint32_t safetensors_crc32c(int method, uint32_t crc, const void *bytes,
                            size_t count);

/// The CRC-32C of what `first` is the CRC-32C of, followed by `second_count`
/// bytes that `second` is that of.
uint32_t safetensors_crc32c_joined(uint32_t first, uint32_t second,
                                   uint64_t second_count);

/// Opens a file in `folder` that has no name yet and vanishes with its
/// descriptor. Returns the descriptor, or -1 with `errno` set: not every file
/// system has such files.
int safetensors_open_unnamed(int folder, unsigned mode);

/// Gives an unnamed file a name that must not exist. Returns 0, or -1 with
/// `errno` set.
int safetensors_name(int file, int folder, const char *name);

/// Locks a file for whoever has it open, until it is closed. Returns 0, or -1
/// with `errno` set: `EWOULDBLOCK` where it is locked already.
int safetensors_lock(int file);

/// Sets the blocks of the first `count` bytes of a file aside. Returns 0, also
/// where the file system cannot, or -1 with `errno` set: `ENOSPC`, `EFBIG`, ...
int safetensors_reserve(int file, int64_t count);

/// Asks the system to start writing a range of a file to the device.
void safetensors_start_writing(int file, int64_t offset, int64_t count);

#endif
