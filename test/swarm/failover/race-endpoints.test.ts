import { expect } from "chai";
import { CatnixError } from "../../../src/errors/catnix-error.js";
import type { Endpoint, EndpointReader } from "../../../src/swarm/failover/endpoint.js";
import { EndpointHealth } from "../../../src/swarm/failover/endpoint-health.js";
import { HedgeBudget } from "../../../src/swarm/failover/hedge-budget.js";
import { raceEndpoints, type RaceOptions } from "../../../src/swarm/failover/race-endpoints.js";
import { codeOf } from "../../support/code-of.js";

const refused = new CatnixError("SWARM_UNREACHABLE", { url: "http://x", reason: "refused" });
const missing = new CatnixError("SWARM_NOT_FOUND", { address: "ab" });
/** Long: what is waited for has to come by itself. Short: has to be over, while nothing else happens. */
const [LONG, SHORT] = [60_000, 1];

describe("raceEndpoints", () => {
  const reader = {} as EndpointReader; // never called: the race runs what it is given
  const make = (...names: string[]) => names.map((name): Endpoint => ({ reader, health: new EndpointHealth(name) }));
  const rest = ({ health }: Endpoint) => {
    for (let count = 0; count < 5; count++) health.fail(refused);
  };
  /** What each endpoint does: its answer, its error, or nothing until it is called off. */
  type Acts = Record<string, "answer" | "hang" | Error>;
  function run(endpoints: Endpoint[], acts: Acts, options: Partial<RaceOptions> = {}) {
    const calledOff: string[] = [];
    const asked: string[] = [];
    const call = ({ health: { url } }: Endpoint, signal: AbortSignal) => {
      asked.push(url);
      const act = acts[url];
      if (act instanceof Error) return Promise.reject(act);
      if (act === "answer") return Promise.resolve(url);
      return new Promise<string>((_, reject) => {
        signal.addEventListener("abort", () => {
          calledOff.push(url);
          reject(signal.reason as Error);
        });
      });
    };
    const bounds = { budget: new HedgeBudget(), hedgeMs: LONG, deadlineMs: LONG, ...options };
    const won = (async () => (await raceEndpoints(endpoints, call, bounds)).value)();
    return { won, asked, calledOff };
  }

  it("asks one where that answers", async () => {
    const { won, asked } = run(make("a", "b"), { a: "answer", b: "answer" });
    expect([await won, asked]).to.deep.equal(["a", ["a"]]);
  });

  it("asks the next where one fails, and says the most telling error where all do", async () => {
    const { won, asked } = run(make("a", "b", "c"), { a: refused, b: missing, c: "answer" });
    expect([await won, asked]).to.deep.equal(["c", ["a", "b", "c"]]);
    expect(await codeOf(() => run(make("a", "b"), { a: refused, b: missing }).won)).to.equal("SWARM_NOT_FOUND");
  });

  it("asks one more where the first is slow, and calls the loser off", async () => {
    const endpoints = make("a", "b", "c");
    const { won, asked, calledOff } = run(endpoints, { a: "hang", b: "answer", c: "answer" }, { hedgeMs: SHORT });
    expect([await won, asked, calledOff]).to.deep.equal(["b", ["a", "b"], ["a"]]);
    expect(endpoints.map(({ health }) => health.report().hedges)).to.deep.equal([0, 1, 0]);
    expect(endpoints[0]!.health.isFailing).to.equal(true);
  });

  it("sends no more second requests than its budget has", async () => {
    const budget = new HedgeBudget();
    while (budget.take());
    const { won, asked } = run(make("a", "b"), { a: "hang", b: "answer" }, { hedgeMs: SHORT, deadlineMs: 50, budget });
    expect([await codeOf(() => won), asked]).to.deep.equal(["SWARM_TIMEOUT", ["a"]]);
  });

  it("gives up at its deadline, and calls all off", async () => {
    const acts: Acts = { a: "hang", b: "hang" };
    const { won, calledOff } = run(make("a", "b"), acts, { hedgeMs: SHORT, deadlineMs: 50 });
    expect([await codeOf(() => won), calledOff]).to.deep.equal(["SWARM_TIMEOUT", ["a", "b"]]);
  });

  it("asks what failed last after what did not, and what rests last of all", async () => {
    const endpoints = make("a", "b", "c");
    rest(endpoints[0]!);
    endpoints[1]!.health.fail(refused);
    const { won, asked } = run(endpoints, { a: missing, b: missing, c: missing });
    expect([await codeOf(() => won), asked]).to.deep.equal(["SWARM_NOT_FOUND", ["c", "b", "a"]]);
  });

  it("asks nobody where all rest, and says what they failed with", async () => {
    const endpoints = make("a", "b");
    endpoints.forEach(rest);
    const { won, asked } = run(endpoints, {});
    expect([await codeOf(() => won), asked]).to.deep.equal(["SWARM_UNREACHABLE", []]);
  });

  it("ends with its caller's signal, and with a mistake of the program", async () => {
    const left = new AbortController();
    const { won, calledOff } = run(make("a", "b"), { a: "hang" }, { signal: left.signal });
    const reason = new Error("left");
    left.abort(reason);
    expect([await won.catch((error: unknown) => error), calledOff]).to.deep.equal([reason, ["a"]]);
    const mistake = new RangeError("no address");
    const { won: wrong, asked } = run(make("a", "b"), { a: mistake, b: "answer" });
    expect([await wrong.catch((error: unknown) => error), asked]).to.deep.equal([mistake, ["a"]]);
  });
});

describe("HedgeBudget", () => {
  it("allows ten at once, then one for ten requests", () => {
    const budget = new HedgeBudget();
    const takeAll = () => {
      let count = 0;
      while (budget.take()) count++;
      return count;
    };
    expect(takeAll()).to.equal(10);
    for (let count = 0; count < 31; count++) budget.earn();
    expect(takeAll()).to.equal(3);
    for (let count = 0; count < 1000; count++) budget.earn();
    expect(takeAll()).to.equal(10);
  });
});
