//===--- SafeTensorsProcess.swift - what tests do to a process of its own -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Run by the tests:
//
//     SafeTensorsProcess generations PATH BYTES
//         writes files until the process is killed
//     SafeTensorsProcess memory PATH BYTES
//         prints the memory that saving and loading need
//     SafeTensorsProcess save PATH BYTES
//         writes one file in a new folder
//     SafeTensorsProcess open PATH
//         prints the memory that opening needs

import Glibc
import SafeTensors
import TestSupport

@main struct SafeTensorsProcess {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else { exit(64) }
    let path = arguments[2]
    let byteCount = arguments.count > 3 ? Int(arguments[3]) : nil
    switch (arguments[1], byteCount) {
    case ("generations", let byteCount?): try writeGenerations(path, byteCount)
    case ("save", let byteCount?): save(path, byteCount)
    case ("memory", let byteCount?): try measureMemory(path, byteCount)
    case ("open", nil): try measureOpening(path)
    default: exit(64)
    }
  }

  /// Prints by how many KiB the peak of the process's memory grew while a file
  /// was opened.
  private static func measureOpening(_ path: String) throws(SafeTensorsError) {
    let before = peakKibibytes()
    let file = try SafeTensorsReader(path: path)
    print(peakKibibytes() - before)
    _ = file.tensors.count
  }

  /// Writes one file, and prints `saved` or the error. A missing folder is
  /// made.
  private static func save(_ path: String, _ byteCount: Int) {
    do throws(FileError) {
      let folder = path.split(separator: "/").dropLast().joined(separator: "/")
      _ = try Folder(making: "/" + folder)
      var file = try AtomicFile(replacing: path)
      try file.reserve(byteCount: byteCount)
      let bytes = [UInt8](repeating: 1, count: byteCount)
      try unsafe file.write(bytes.span.bytes, at: 0)
      try file.commit()
      print("saved")
    } catch {
      print(error.operation, error.code)
    }
  }

  /// Writes one file after the other to the same path. All bytes of a file are
  /// the number of the file modulo 251.
  private static func writeGenerations(
    _ path: String, _ byteCount: Int
  ) throws(SafeTensorsError) -> Never {
    var generation = 0
    while true {
      generation += 1
      let bytes = [UInt8](
        repeating: UInt8(generation % 251), count: byteCount)
      var file = try SafeTensorsWriter(
        path: path,
        tensors: [
          TensorDescription("a", .uint8, shape: [byteCount]),
          TensorDescription("b", .uint8, shape: [byteCount]),
        ],
        metadata: ["generation": String(generation)])
      try unsafe file.append(bytes.span.bytes, to: "a")
      try unsafe file.append(bytes.span.bytes, to: "b")
      try file.finish()
    }
  }

  /// Prints by how many KiB the peak of the process's memory grew.
  private static func measureMemory(
    _ path: String, _ byteCount: Int
  ) throws(SafeTensorsError) {
    guard
      let state = unsafe mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
        -1, 0), unsafe state != MAP_FAILED
    else { exit(71) }
    let bytes = unsafe UnsafeMutableRawBufferPointer(
      start: state, count: byteCount)
    // The memory is touched, so that loading does not count the state itself.
    unsafe _ = bytes.initializeMemory(as: UInt8.self, repeating: 1)

    let before = peakKibibytes()
    var writer = try SafeTensorsWriter(
      path: path,
      tensors: [TensorDescription("state", .uint8, shape: [byteCount])])
    try unsafe writer.append(UnsafeRawBufferPointer(bytes).bytes, to: "state")
    try writer.finish()
    let saved = peakKibibytes()
    try unsafe SafeTensorsReader(path: path, checksums: .required)
      .read("state", into: bytes.mutableBytes)
    print(saved - before, peakKibibytes() - saved)
  }
}
