//===--- ScheduleDepthTests.swift - schedules within schedules ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import Testing

@Suite struct `Joined schedules` {
  @Test func `nest as deep as a stated limit, and no deeper`() throws {
    func nested(_ depth: Int) -> HyperparameterSchedule {
      (0..<depth).reduce(0.25) { inner, _ in
        .joined(schedules: [inner], boundaries: [])
      }
    }
    let deepest = nested(HyperparameterSchedule.depthLimit)
    #expect(deepest.value(at: 3) == 0.25)
    let hyperparameters = Hyperparameters(learningRate: deepest)
    _ = try AdEMAMix<Float>([ParameterGroup("g", sizes: [1], hyperparameters)])
    let data = try JSONEncoder().encode(hyperparameters)
    #expect(
      try JSONDecoder().decode(Hyperparameters.self, from: data)
        == hyperparameters)

    for depth in [HyperparameterSchedule.depthLimit + 1, 100_000] {
      let schedule = nested(depth)
      #expect(schedule.value(at: 3).isNaN)
      #expect(schedule == nested(depth + 1) && schedule != deepest)
      #expect(schedule.hashValue == nested(depth).hashValue)
      #expect(!"\(schedule)".isEmpty)
      #expect(
        throws: AdEMAMixError.invalidSchedule(
          .tooDeep, of: .alpha, group: "g")
      ) {
        _ = try AdEMAMix<Float>([
          ParameterGroup(
            "g", sizes: [1],
            Hyperparameters(learningRate: 0.1, alpha: schedule))
        ])
      }
    }
  }

  @Test func `are not decoded where they nest deeper`() throws {
    func text(_ depth: Int) -> Data {
      let start =
        #"<dict><key>joined</key><dict><key>boundaries</key><array/>"#
        + #"<key>schedules</key><array>"#
      let end = "</array></dict></dict>"
      let constant =
        "<dict><key>constant</key><dict><key>_0</key><real>1</real></dict>"
        + "</dict>"
      return Data(
        (#"<plist version="1.0">"#
          + String(repeating: start, count: depth) + constant
          + String(repeating: end, count: depth) + "</plist>").utf8)
    }
    // Of all decoders, not of JSON's alone, which has a limit of its own.
    _ = try PropertyListDecoder().decode(
      HyperparameterSchedule.self, from: text(HyperparameterSchedule.depthLimit)
    )
    let error = #expect(throws: DecodingError.self) {
      try PropertyListDecoder().decode(
        HyperparameterSchedule.self,
        from: text(HyperparameterSchedule.depthLimit + 1))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.debugDescription == "\(ScheduleError.tooDeep)")
  }
}
