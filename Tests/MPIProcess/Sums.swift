//===--- Sums.swift - numbers of all ranks added up -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMixMPI

/// Adds numbers of all ranks: none, few, and more than one message has.
func addNumbers(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  let total = Double(world.size * (world.size + 1) / 2)
  for count in [0, 3, 1 << 20, 2 << 20 + 5] {
    let own = (0..<count).map { Double($0 * (world.rank + 1)) }
    let sums = try world.sum(own)
    findings.expect(
      sums == (0..<count).map { Double($0) * total }, "\(count) sums")
  }
  return findings
}

#endif
