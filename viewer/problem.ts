/** A request that cannot be answered, and why: a sentence for the person who made it. */
export class RequestProblem extends Error {
  override readonly name = "RequestProblem";
  readonly status: 400 | 404 | 413 | 422;
  constructor(status: 400 | 404 | 413 | 422, message: string) {
    super(message);
    this.status = status;
  }
}
