//===--- PageTests.swift - the example of a page --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import SafeTensors
import TestSupport
import Testing

@Suite struct `The page of safetensors files` {
  @Test func `has the code of this test`() throws {
    let page = try DocumentationPage(
      "Sources/SafeTensors/SafeTensors.docc/SafeTensors.md")
    #expect(try page.linesOfExample(with: "SafeTensorsWriter") == [])

    let folder = try TemporaryFolder()
    let path = folder.file("model.safetensors")
    let bias: [Float] = [1, 2, 3]
    let weights: [Float] = [4, 5, 6, 7, 8, 9]
    var file = try SafeTensorsWriter(
      path: path,
      tensors: [
        TensorDescription("bias", .float32, shape: [3]),
        TensorDescription("weights", .float32, shape: [2, 3]),
      ],
      metadata: ["step": "1000"])
    try unsafe file.append(bias.span.bytes, to: "bias")
    try unsafe file.append(weights.span.bytes, to: "weights")
    try file.finish()

    let saved = try SafeTensorsReader(path: path)
    for tensor in saved.tensors {
      print(tensor.name, tensor.shape)
    }
    var read = [Float](repeating: 0, count: 6)
    var span = read.mutableSpan
    try unsafe saved.read("weights", into: span.mutableBytes)
    #expect(read == weights)
    #expect(saved.tensors.map(\.name) == ["bias", "weights"])
    #expect(saved.tensors.map(\.shape) == [[3], [2, 3]])
    #expect(saved.metadata["step"] == "1000" && saved.hasChecksums)
  }
}
