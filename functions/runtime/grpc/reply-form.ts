/** How protobufjs gives a reply to a task: the shape that proto-loader-gen-types describes. */
export const REPLY_FORM = { longs: String, enums: String, defaults: true } as const;
