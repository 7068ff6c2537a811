//===--- HyperparameterSchedule+Function.swift - a program's own schedule -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension HyperparameterSchedule {
  /// The most values of a ``table(_:)``: 2^20, which take some 20 MB of a
  /// checkpoint.
  public static let tableCountLimit = 1 << 20

  /// A function of the count, which checkpoints know by its name:
  ///
  ///     hyperparameters.learningRate = .function("inverse square root") {
  ///       1e-3 / Double($0 + 1).squareRoot()
  ///     }
  ///
  /// A checkpoint keeps the name alone. An optimizer that is made from the
  /// checkpoint is given the function under that name; an optimizer that loads
  /// the checkpoint takes its own function of that name. So one name stands for
  /// one function in a program. Schedules are equal if the names of their
  /// functions are. The same goes for the ranks of a distributed run, which
  /// compare names, and not values.
  ///
  /// - Parameters:
  ///   - name: The name of the function.
  ///   - value: The value at a count of at least 0, for any such count and in
  ///     any order: the same value each time. A step calls the function once
  ///     or twice for each group. A value outside the range of its
  ///     hyperparameter, NaN included, makes that step throw.
  /// - Returns: The schedule.
  public static func function(
    _ name: String, _ value: @escaping @Sendable (_ count: Int) -> Double
  ) -> HyperparameterSchedule {
    .function(Function(name: name, body: Function.Body(value)))
  }

  /// A function of the count without a name, for a run that is never saved.
  ///
  /// An optimizer with such a schedule trains, and cannot be saved. The
  /// schedule is equal to its copies alone.
  ///
  /// - Parameter value: The value at a count of at least 0, as in
  ///   ``function(_:_:)``.
  /// - Returns: The schedule.
  public static func function(
    _ value: @escaping @Sendable (_ count: Int) -> Double
  ) -> HyperparameterSchedule {
    .function(Function(name: nil, body: Function.Body(value)))
  }

  /// The function of a schedule: a name, and the code unless the schedule was
  /// decoded.
  ///
  /// Optimizers refuse a function without code.
  public struct Function: Sendable {
    /// The name of the function, if it has one.
    public let name: String?

    /// The code, in an object so that a function without a name equals its
    /// copies.
    fileprivate final class Body: Sendable {
      let value: @Sendable (Int) -> Double

      init(_ value: @escaping @Sendable (Int) -> Double) { self.value = value }
    }

    private let body: Body?

    fileprivate init(name: String?, body: Body?) {
      self.name = name
      self.body = body
    }
  }
}

extension HyperparameterSchedule.Function {
  /// A function whose code is not known.
  package init(named name: String) { self.init(name: name, body: nil) }

  /// Whether there is code for the function.
  package var isKnown: Bool { body != nil }

  /// The code of the function.
  package var code: (@Sendable (Int) -> Double)? { body?.value }

  /// The value at a count, or NaN without code.
  func value(at count: Int) -> Double { body?.value(count) ?? .nan }
}

extension HyperparameterSchedule.Function: Hashable {
  /// Whether the names are the same. A function without a name equals its
  /// copies.
  public static func == (left: Self, right: Self) -> Bool {
    guard left.name == nil, right.name == nil else {
      return left.name == right.name
    }
    return left.body === right.body
  }

  /// Goes by the name, if there is one.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    if name == nil { hasher.combine(body.map { ObjectIdentifier($0) }) }
  }
}

extension HyperparameterSchedule.Function: Codable {
  private enum CodingKeys: CodingKey { case name }

  /// Decodes the name of a function.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(named: try fields.decode(String.self, forKey: .name))
  }

  /// Encodes the name of the function.
  ///
  /// - Throws: `EncodingError` for a function without a name.
  public func encode(to encoder: any Encoder) throws {
    guard let name else {
      throw EncodingError.invalidValue(
        self,
        EncodingError.Context(
          codingPath: encoder.codingPath,
          debugDescription: "a function without a name cannot be stored"))
    }
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
  }
}

extension HyperparameterSchedule.Function: CustomReflectable {
  /// Shows the name alone, which is the same in all processes.
  public var customMirror: Mirror {
    Mirror(self, children: ["name": name ?? "none"], displayStyle: .struct)
  }
}

extension HyperparameterSchedule {
  /// The functions of the schedule, those of joined schedules included.
  package var functions: [Function] {
    switch self {
    case .function(let function): [function]
    case .joined(let schedules, _): schedules.flatMap(\.functions)
    default: []
    }
  }

  /// Whether the schedule is or has a table.
  package var hasTable: Bool {
    switch self {
    case .table: true
    case .joined(let schedules, _): schedules.contains(where: \.hasTable)
    default: false
    }
  }

  /// The schedule, with code for its functions that have a name alone.
  ///
  /// - Parameter functions: Code by name. Names that are missing stay without.
  /// - Returns: The schedule.
  package func supplied(
    with functions: [String: @Sendable (Int) -> Double]
  ) -> HyperparameterSchedule {
    switch self {
    case .function(let function):
      guard !function.isKnown, let name = function.name,
        let code = functions[name]
      else { return self }
      return .function(name, code)
    case .joined(let schedules, let boundaries):
      return .joined(
        schedules: List(schedules.map { $0.supplied(with: functions) }),
        boundaries: boundaries)
    default: return self
    }
  }
}
