/** One small change of the contract's text. */
export interface Mutant {
  /** What names it from run to run: file, operator, the code's line and the change in it. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  /** The file with the change. */
  readonly text: string;
}

/** A node of solc's syntax tree: what is used of it. */
interface Node {
  readonly nodeType: string;
  readonly src: string;
  readonly [key: string]: unknown;
}

/** A change: bytes `start` to `end` of the file become `text`. */
interface Change {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const BINARY: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
  "&&": ["||"],
  "||": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "<<": [">>"],
  ">>": ["<<"],
  "&": ["|"],
  "|": ["&"],
};

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
const typeOf = (node: Node): string =>
  String((node["typeDescriptions"] as { typeString?: string } | undefined)?.typeString);

function children(node: Node): Node[] {
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isNode);
}

function rangeOf(node: Node): [start: number, end: number] {
  const [start, length] = node.src.split(":").map(Number) as [number, number];
  return [start, start + length];
}

/** Where one file of the contract may be changed. */
class Finder {
  readonly changes: Change[] = [];
  /** State variables and struct members by type, in the order of their declaration. */
  readonly #variables = new Map<string, string[]>();

  constructor(
    private readonly bytes: Buffer,
    private readonly structs: ReadonlyMap<string, readonly [name: string, type: string][]>,
  ) {}

  /** Finds the changes below a node. */
  visit(node: Node, parent?: Node): void {
    this.#find(node, parent);
    for (const child of children(node)) this.visit(child, node);
  }

  /** Notes a contract's own state, so that one variable can be taken for another. */
  noteState(contract: Node): void {
    for (const node of contract["nodes"] as Node[]) {
      if (node.nodeType !== "VariableDeclaration" || node["mutability"] !== "mutable") continue;
      const same = this.#variables.get(typeOf(node)) ?? [];
      this.#variables.set(typeOf(node), [...same, node["name"] as string]);
    }
  }

  #text(start: number, end: number): string {
    return this.bytes.toString("utf8", start, end);
  }

  #add(operator: string, range: readonly [number, number], text: string): void {
    this.changes.push({ operator, start: range[0], end: range[1], text });
  }

  #find(node: Node, parent?: Node): void {
    const range = rangeOf(node);
    switch (node.nodeType) {
      case "BinaryOperation": {
        this.#replaceOperator(node);
        return;
      }
      case "UnaryOperation": {
        this.#replaceUnary(node, range);
        return;
      }
      case "Assignment": {
        this.#replaceAssignment(node);
        return;
      }
      case "Literal": {
        this.#replaceLiteral(node, range);
        return;
      }
      case "IfStatement":
        for (const always of ["true", "false"]) this.#add("condition", rangeOf(node["condition"] as Node), always);
        return;
      case "Conditional": {
        const [yes, no] = [rangeOf(node["trueExpression"] as Node), rangeOf(node["falseExpression"] as Node)];
        this.#add("branches", [yes[0], no[1]], `${this.#text(...no)} : ${this.#text(...yes)}`);
        return;
      }
      case "ExpressionStatement":
      case "EmitStatement":
        if (parent?.["loopExpression"] !== node) this.#add("leave out", range, "{}");
        // A statement's text may end before its semicolon.
        return;
      case "Continue": {
        this.#add("jump", range, "break");
        return;
      }
      case "VariableDeclarationStatement": {
        this.#dropValue(node);
        return;
      }
      case "FunctionCall": {
        this.#swapArguments(node);
        return;
      }
      case "Identifier": {
        this.#takeAnother(range, this.#variables.get(typeOf(node)) ?? [], node["name"] as string);
        return;
      }
      case "MemberAccess": {
        const [, struct] = /^struct \w+\.(\w+)/.exec(typeOf(node["expression"] as Node)) ?? [];
        const members = this.structs.get(struct ?? "") ?? [];
        const name = node["memberName"] as string;
        const type = members.find(([one]) => one === name)?.[1];
        const names = members.filter(([, one]) => one === type).map(([one]) => one);
        this.#takeAnother([range[1] - name.length, range[1]], names, name);
        return;
      }
    }
  }

  #replaceOperator(node: Node): void {
    const [left, right] = [rangeOf(node["leftExpression"] as Node), rangeOf(node["rightExpression"] as Node)];
    const operator = node["operator"] as string;
    const at = left[1] + this.#text(left[1], right[0]).indexOf(operator);
    for (const other of BINARY[operator] ?? []) this.#add("operator", [at, at + operator.length], other);
    if (operator !== "&&" && operator !== "||") return;
    this.#add("one side", [left[0], right[1]], this.#text(...left));
    this.#add("one side", [left[0], right[1]], this.#text(...right));
  }

  #replaceUnary(node: Node, range: readonly [number, number]): void {
    const operator = node["operator"] as string;
    const operand = this.#text(...rangeOf(node["subExpression"] as Node));
    if (operator === "!") this.#add("negation", range, operand);
    if (operator === "++") this.#add("operator", range, node["prefix"] === true ? `--${operand}` : `${operand}--`);
  }

  #replaceAssignment(node: Node): void {
    const operator = node["operator"] as string;
    if (operator === "=") return; // left out as a statement
    const [left, right] = [rangeOf(node["leftHandSide"] as Node), rangeOf(node["rightHandSide"] as Node)];
    const other = operator === "<<=" ? ">>=" : operator === ">>=" ? "<<=" : "=";
    const at = left[1] + this.#text(left[1], right[0]).indexOf(operator);
    this.#add("operator", [at, at + operator.length], other);
  }

  #replaceLiteral(node: Node, range: readonly [number, number]): void {
    const text = this.#text(...range);
    if (node["kind"] === "bool") {
      this.#add("literal", range, text === "true" ? "false" : "true");
      return;
    }
    if (node["kind"] === "string") {
      this.#add("literal", range, `${text.slice(0, -1)}x"`);
      return;
    }
    if (node["kind"] !== "number") return;
    if (text.startsWith("0x")) {
      this.#add("literal", range, text.slice(0, -1) + (text.endsWith("0") ? "1" : "0"));
      return;
    }
    const value = BigInt(text.replaceAll("_", ""));
    this.#add("literal", range, `${value + 1n}`);
    if (value > 0n) this.#add("literal", range, `${value - 1n}`);
  }

  #dropValue(node: Node): void {
    const value = node["initialValue"] as Node | null | undefined;
    const [declaration] = node["declarations"] as (Node | null)[];
    if (!value || (node["declarations"] as unknown[]).length !== 1 || !declaration) return;
    if (/calldata|mapping/.test(typeOf(declaration))) return; // has no default
    if (/^(0|address\(0\))$/.test(this.#text(...rangeOf(value)))) return; // is the default
    this.#add("no value", [rangeOf(declaration)[1], rangeOf(value)[1]], "");
  }

  #swapArguments(node: Node): void {
    const given = node["arguments"] as Node[];
    if (((node["names"] as string[] | undefined) ?? []).length > 0) return; // named: their order means nothing
    for (const [i, one] of given.entries()) {
      const next = given[i + 1];
      if (next === undefined || typeOf(one) !== typeOf(next)) continue;
      const [a, b] = [rangeOf(one), rangeOf(next)];
      if (this.#text(...a) === this.#text(...b)) continue;
      this.#add("swap", [a[0], b[1]], `${this.#text(...b)}, ${this.#text(...a)}`);
    }
  }

  #takeAnother(range: readonly [number, number], names: readonly string[], name: string): void {
    if (names.length < 2 || !names.includes(name)) return;
    this.#add("another", range, names[(names.indexOf(name) + 1) % names.length]!);
  }
}

function findStructs(trees: Readonly<Record<string, unknown>>): Map<string, [string, string][]> {
  const structs = new Map<string, [string, string][]>();
  const visit = (node: Node): void => {
    if (node.nodeType === "StructDefinition")
      structs.set(
        node["name"] as string,
        (node["members"] as Node[]).map((member) => [member["name"] as string, typeOf(member)]),
      );
    children(node).forEach(visit);
  };
  Object.values(trees).filter(isNode).forEach(visit);
  return structs;
}

/**
 * All changes of some files, each of which makes a contract that a test should tell from the one that is meant.
 *
 * @param sources the files' text by name
 * @param trees their syntax trees, and those of what they import
 */
export function findMutants(
  sources: Readonly<Record<string, string>>,
  trees: Readonly<Record<string, unknown>>,
): Mutant[] {
  const structs = findStructs(trees);
  const seen = new Set<string>();
  return Object.entries(sources).flatMap(([file, source]) => {
    const bytes = Buffer.from(source);
    const finder = new Finder(bytes, structs);
    const root = trees[file] as Node;
    for (const node of root["nodes"] as Node[]) if (node.nodeType === "ContractDefinition") finder.noteState(node);
    finder.visit(root);
    const changes = [...finder.changes].sort((a, b) => a.start - b.start);
    return changes.flatMap(({ operator, start, end, text }): Mutant[] => {
      const isStatement = operator === "leave out";
      const to = isStatement && bytes[end] === 0x3b ? end + 1 : end;
      const [head, tail] = [bytes.toString("utf8", 0, start), bytes.toString("utf8", to)];
      const before = bytes.toString("utf8", start, to);
      const changed = head + text + tail;
      if (seen.has(changed)) return [];
      seen.add(changed);
      const lineStart = head.lastIndexOf("\n") + 1;
      const code = source.slice(lineStart, source.indexOf("\n", head.length)).trim();
      const column = head.length - lineStart;
      const short = (part: string): string => part.replace(/\s+/g, " ").trim();
      const key = `${file} | ${code} | ${column} | ${short(before)} => ${short(text)}`;
      const line = head.split("\n").length;
      return [{ key, file, line, operator, before: short(before), after: short(text), text: changed }];
    });
  });
}
