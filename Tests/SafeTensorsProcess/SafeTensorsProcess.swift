//===--- SafeTensorsProcess.swift - what tests do to a process of its own ===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Run by the tests:
//
//     SafeTensorsProcess generations PATH BYTES   writes until it is killed
//     SafeTensorsProcess memory PATH BYTES        prints what saving and loading need

import Glibc
import SafeTensors
import TestSupport

@main struct SafeTensorsProcess {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let byteCount = Int(arguments[3]) else {
      exit(64)
    }
    switch arguments[1] {
    case "generations": try writeGenerations(arguments[2], byteCount)
    case "memory": try measureMemory(arguments[2], byteCount)
    default: exit(64)
    }
  }

  /// Writes one file after the other to the same path. All bytes of a file are
  /// its number modulo 251.
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
    // Touched, so that loading does not count what the state itself needs.
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
