import { Help, type Option } from "commander";

const help = new Help();

/**
 * What the help says of an option: that it is required, where it is, and no default where that is an empty list, which every
 * option has that may be given again.
 */
export function describeOption(option: Option): string {
  const isList = Array.isArray(option.defaultValue) && option.defaultValue.length === 0;
  const text = isList ? option.description : help.optionDescription(option);
  return option.mandatory ? `${text} (required)` : text;
}
