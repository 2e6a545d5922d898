/** A new error with the password cut out of the message, and without cause and fields: the npm SDK puts it there too. */
export function redactError(error: unknown, password: string | undefined): Error {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(password ? message.replaceAll(password, '***') : message), { name });
}
