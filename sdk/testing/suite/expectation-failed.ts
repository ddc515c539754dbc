/** A server is not as the protocol has it. */
export class ExpectationFailed extends Error {
  override readonly name = "ExpectationFailed";
}
