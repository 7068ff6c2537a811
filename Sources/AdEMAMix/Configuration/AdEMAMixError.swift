//===--- AdEMAMixError.swift - why a call was refused --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The reason why an optimizer, or an average of parameters, refused a call.
///
///     do {
///       try optimizer.step(&parameters, gradients: gradients)
///     } catch {
///       guard error.code == .nonFiniteGradient else { throw error }
///       print(error)  // element 3 of the gradient of tensor 'w' is nan: …
///     }
///
/// A call that throws changes nothing: neither the optimizer nor the caller's
/// memory.
public struct AdEMAMixError: Error, Sendable, Hashable,
  CustomStringConvertible
{
  /// A kind of reason. Later versions may have more.
  public struct Code: Sendable, Hashable {
    private let name: String

    private init(_ name: String) { self.name = name }

    /// A hyperparameter, a limit of the direction, or the decay of an average
    /// lies outside its range or has a schedule that breaks a rule.
    public static let invalidHyperparameter = Code("invalidHyperparameter")
    /// A format of moments does not go with the moment, with the scalar type or
    /// with the engine.
    public static let unsupportedStorage = Code("unsupportedStorage")
    /// An option of steps, or an argument of one step, lies outside its range.
    public static let invalidOption = Code("invalidOption")
    /// A gradient is not finite, and ``NonFinitePolicy/throw`` refuses it.
    public static let nonFiniteGradient = Code("nonFiniteGradient")
    /// A gradient is not finite, after as many calls in a row were skipped for
    /// that as ``NonFinitePolicy/skipStep(limit:)`` allows.
    public static let tooManySkippedSteps = Code("tooManySkippedSteps")
    /// No gradient has accumulated for the step that was to be completed.
    public static let nothingAccumulated = Code("nothingAccumulated")
    /// No group has the name.
    public static let unknownGroup = Code("unknownGroup")
    /// No tensor has the name.
    public static let unknownTensor = Code("unknownTensor")
    /// Groups, tensors or a shard break a rule of layouts.
    public static let invalidLayout = Code("invalidLayout")
    /// The system has too little memory.
    public static let outOfMemory = Code("outOfMemory")
    /// A number of threads or a factor lies outside its range.
    public static let invalidArgument = Code("invalidArgument")
    /// A list or buffer has the wrong count.
    public static let wrongCount = Code("wrongCount")
    /// A buffer is misaligned, or overlaps with another.
    public static let unsuitableMemory = Code("unsuitableMemory")
    /// A state to be restored is one that no optimizer or average can have.
    public static let invalidState = Code("invalidState")
    /// An average is in the model, and must be swapped back first.
    public static let averageIsSwappedIn = Code("averageIsSwappedIn")
  }

  /// The kind of reason.
  public let code: Code
  /// The value that was given and the rule that the value breaks.
  public let description: String
  /// The name of the group that the error is about.
  public let group: String?
  /// The name of the tensor that the error is about.
  public let tensor: String?
  /// The index in the tensor of the element that the error is about.
  public let index: Int?
  /// The number that was found: a count, a value, an address or a size in
  /// bytes.
  public var value: Double? { valueBits.map { Double(bitPattern: $0) } }

  /// The bits of the number, so that an error about a NaN equals itself.
  private let valueBits: UInt64?

  init(
    _ code: Code, _ description: String, group: String? = nil,
    tensor: String? = nil, index: Int? = nil, value: Double? = nil
  ) {
    self.code = code
    self.description = description
    self.group = group
    self.tensor = tensor
    self.index = index
    valueBits = value?.bitPattern
  }

  /// A list or buffer has another count than it must have. `found` says so, as
  /// the beginning of a sentence.
  static func wrongCount(
    _ found: String, _ count: Int, expected: Int, group: String? = nil,
    tensor: String? = nil
  ) -> Self {
    AdEMAMixError(
      .wrongCount, "\(found): there must be \(expected)", group: group,
      tensor: tensor, value: Double(count))
  }
}
