//===--- RefusedTrees.swift - trees that one rank has wrong ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

private let groups = [
  ParameterGroup(
    "matrices", sizes: [900, 700], Hyperparameters(learningRate: 0.01)),
  ParameterGroup("biases", sizes: [30], Hyperparameters(learningRate: 0.01)),
]

/// Lets the last rank have trees that no step takes, and checks that all ranks
/// throw, that nothing has changed, and that they go on.
func refuseTrees(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  let layout = try ParameterLayout(groups)
  var optimizer = try DistributedAdEMAMix<Float>(layout, on: world)
  let initial = NamedTensors(layout, ninths(layout.count) as [Float])
  let gradient = NamedTensors<Float>(
    layout, rankGradients(layout.count, call: 0))
  let isLast = world.rank == world.size - 1
  /// Makes a step whose trees the last rank has changed.
  func expect(
    _ expected: AdEMAMixError,
    _ change: (inout NamedTensors<Float>, inout NamedTensors<Float>) -> Void
  ) {
    var (parameters, gradients) = (initial, gradient)
    if isLast { change(&parameters, &gradients) }
    let before = parameters.elements
    let error = thrownError { () throws(DistributedError) in
      try optimizer.step(&parameters, gradients: gradients)
    }
    findings.expect(
      isLast
        ? error?.optimizerError == expected
        : error?.code == .otherRankRefused
          && error?.description.contains(expected.description) == true,
      "\(String(describing: error)), not \(expected)")
    findings.expect(
      parameters.elements == before && optimizer.stepCount == 0,
      "\(expected) has changed something")
  }
  expect(
    .tensorParameterCount(899, expected: 900, tensor: "matrices.0")
  ) { parameters, _ in parameters.elements[0].removeLast() }
  expect(
    .tensorGradientCount(31, expected: 30, tensor: "biases.0")
  ) { _, gradients in gradients.elements[2].append(0) }
  expect(.tensorCount(2, expected: 3)) { parameters, _ in
    parameters.names.removeLast()
    parameters.elements.removeLast()
  }
  expect(.tensorName("biases.one")) { _, gradients in
    gradients.names[2] = "biases.one"
  }
  try refuseBuffers(&optimizer, isLast, &findings)
  var parameters = initial
  try optimizer.step(&parameters, gradients: gradient)
  findings.expect(
    optimizer.stepCount == 1 && parameters.elements != initial.elements,
    "no step after refused trees")
  try refuseBroadcasts(&optimizer, isLast, &findings)
  return findings
}

/// Lets the last rank have buffers that overlap, are misaligned or only read.
private func refuseBuffers(
  _ optimizer: inout DistributedAdEMAMix<Float>, _ isLast: Bool,
  _ findings: inout Findings
) throws {
  let counts = optimizer.layout.tensors.map(\.range.count)
  let memory = UnsafeMutableRawPointer.allocate(
    byteCount: 1 << 16, alignment: 64)
  defer { unsafe memory.deallocate() }
  let bytes = unsafe UnsafeMutableBufferPointer(
    start: memory.initializeMemory(
      as: UInt8.self, repeating: 0, count: 1 << 16), count: 1 << 16)
  /// Buffers for the tensors, from a byte on, each `gap` bytes behind the last.
  func buffers(
    from start: Int, gap: Int
  ) -> [UnsafeMutableBufferPointer<Float>] {
    var buffers: [UnsafeMutableBufferPointer<Float>] = unsafe []
    var place = start
    for count in counts {
      unsafe buffers.append(
        UnsafeMutableBufferPointer(
          start: (memory + place).assumingMemoryBound(to: Float.self),
          count: count))
      place += count * 4 + gap
    }
    return unsafe buffers
  }
  func code(
    _ parameters: [UnsafeMutableBufferPointer<Float>],
    _ gradients: [UnsafeMutableBufferPointer<Float>]
  ) -> DistributedError? {
    var parameters = unsafe parameters
    return thrownError { () throws(DistributedError) in
      try unsafe optimizer.step(&parameters, gradients: gradients)
    }
  }
  let (own, gradients) = unsafe (
    buffers(from: 0, gap: 0), buffers(from: 1 << 15, gap: 0)
  )
  let overlapping = unsafe code(
    isLast ? buffers(from: 0, gap: -4) : own, gradients)
  let misaligned = unsafe code(
    own, isLast ? buffers(from: 1 << 15 + 1, gap: 0) : gradients)
  let shared = unsafe code(own, isLast ? own : gradients)
  for (error, word) in [
    (overlapping, "overlap"), (misaligned, "no multiple of 4"),
    (shared, "overlap"),
  ] {
    findings.expect(
      error?.code == (isLast ? .refused : .otherRankRefused)
        && error?.description.contains(word) == true,
      "\(String(describing: error)), not \(word)")
  }
  findings.expect(
    unsafe bytes.allSatisfy { $0 == 0 }, "refused buffers have changed")
}

/// Copies the parameters of one rank to the trees of all, unless one is wrong.
private func refuseBroadcasts(
  _ optimizer: inout DistributedAdEMAMix<Float>, _ isLast: Bool,
  _ findings: inout Findings
) throws {
  let layout = optimizer.layout
  func all(_ rank: Int) -> [Float] {
    (0..<layout.count).map { Float($0 * 8 + rank) }
  }
  let own = layout.split(all(optimizer.rank))
  var tensors = own
  if isLast { tensors[1].removeLast() }
  let before = tensors
  let error = thrownError { () throws(DistributedError) in
    try optimizer.broadcast(&tensors)
  }
  findings.expect(
    error?.code == (isLast ? .refused : .otherRankRefused)
      && tensors == before, "\(String(describing: error))")
  tensors = own
  let root = optimizer.rankCount - 1
  try optimizer.broadcast(&tensors, from: root)
  findings.expect(
    Array(tensors.joined()) == all(root), "the parameters of rank \(root)")
}

#endif
