import type { Command, Option } from "commander";
import addTab from "@bomb.sh/tab/commander";
import { addExamples } from "./options.js";

/** What a shell may complete by itself: `ShellCompDirectiveDefault` of cobra's protocol, which the scripts speak. */
const FILES = ":0";
/** Names of values that are paths, in `--option <name>` and among arguments. */
const OF_FILES = /<(file|folder|root|store path)>/;
const FILE_ARGUMENTS = ["file", "files", "path", "paths"];

/** The script asks this of the package bash-completion; where that is missing, so much of it will do. */
const WITHOUT_PACKAGE = `
type _get_comp_words_by_ref >/dev/null 2>&1 || _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
}`;

/** Adds `catnix completion <shell>`, and the hidden `catnix complete -- …` that the scripts call. The last to be added. */
export function addCompletion(program: Command): void {
  const tab = addTab(program, { completionCommandName: "completion" });
  const [parse, setup] = [tab.parse.bind(tab), tab.setup.bind(tab)];
  // By itself it never lets a shell complete files, which is what most values here are.
  tab.parse = (words) => {
    if (expectsFile(program, words)) console.log(FILES);
    else parse(words);
  };
  tab.setup = (name, executable, shell) => {
    setup(name, executable, shell);
    if (shell === "bash") console.log(`${WITHOUT_PACKAGE}\ncomplete -o default -F __${name}_complete ${name}`);
  };
  const completion = program.commands.find((command) => command.name() === "completion")!;
  completion.description("print what a shell needs to complete catnix's commands, options and files");
  addExamples(
    completion,
    "completion bash > ~/.local/share/bash-completion/completions/catnix",
    "completion fish | source",
  );
}

/**
 * Whether a file name may stand where the last of the words is typed.
 * @param words of the command line, without the program's name; the last one is begun, or empty
 */
export function expectsFile(program: Command, words: readonly string[]): boolean {
  let command = program;
  let given = 0;
  let waiting: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (waiting) waiting = undefined;
    else if (word.startsWith("-")) waiting = findOption(command, word);
    else {
      const next = command.commands.find((one) => one.name() === word);
      if (next) command = next;
      else given++;
    }
  }
  if (waiting) return OF_FILES.test(waiting.flags);
  if (words.at(-1)?.startsWith("-") || command.commands.length > 0) return false;
  const { registeredArguments: all } = command;
  const argument = all[given] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  return argument !== undefined && FILE_ARGUMENTS.includes(argument.name());
}

/** The option of the command, or of one above it, where it takes a value that is yet to come. */
function findOption(command: Command | null, word: string): Option | undefined {
  if (!command) return undefined;
  const found = command.options.find(({ long, short }) => long === word || short === word);
  if (found) return found.required || found.optional ? found : undefined;
  return findOption(command.parent, word);
}
