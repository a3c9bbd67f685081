import type { ErrorDescriptor } from "./descriptor.js";

/** Of a local store that is held against a registry. */
export const verifyErrors = {
  VERIFICATION_FAILED: {
    number: 5180,
    message: (d: { paths: number; withdrawn: number; modified: number; differs: number; unreadable: number }) =>
      `of ${d.paths} paths ${d.withdrawn} were withdrawn, ${d.modified} are modified, ${d.differs} differ from what was approved, and of ${d.unreadable} the record cannot be read`,
    hint: "Run the command that is proposed for each path; where a record cannot be read, try again later.",
  },
  PATHS_UNKNOWN: {
    number: 5181,
    message: (d: { paths: number; unknown: number }) => `the registry does not list ${d.unknown} of ${d.paths} paths`,
    hint: "Have them published, or leave out --strict where paths that the consortium does not know are welcome.",
  },
} satisfies Record<string, ErrorDescriptor>;
