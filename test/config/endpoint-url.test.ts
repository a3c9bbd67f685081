import { expect } from "chai";
import { hasSecrets, splitCredentials, strikeSecrets, withoutSecrets } from "../../src/config/endpoint-url.js";

describe("endpoint URLs", () => {
  const shown: [url: string, shown: string, secret: boolean][] = [
    ["http://127.0.0.1:8545", "http://127.0.0.1:8545", false],
    ["http://127.0.0.1:8545/", "http://127.0.0.1:8545", false],
    ["https://rpc.example/v3/0123?a=b", "https://rpc.example/…", true],
    ["https://rpc.example/?key=0123", "https://rpc.example/…", true],
    ["https://user:pass@rpc.example", "https://rpc.example", true],
    ["https://:pass@rpc.example:444", "https://rpc.example:444", true],
  ];
  for (const [url, text, secret] of shown)
    it(`shows ${url} as ${text}`, () => {
      expect(withoutSecrets(url)).to.equal(text);
      expect(hasSecrets(url)).to.equal(secret);
    });

  it("moves credentials into a header, also those that are badly encoded", () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
    expect(splitCredentials("http://h/a?b").authorization).to.deep.equal({});
    expect(splitCredentials("http://u:p%40ss@h/a?b").authorization).to.deep.equal(basic("u:p@ss"));
    expect(splitCredentials("http://u:50%@h/").authorization).to.deep.equal(basic("u:50%"));
    expect(splitCredentials("http://u:p@h/a?b").bare.href).to.equal("http://h/a?b");
  });

  it("strikes what is secret out of an endpoint's own words, and no more", () => {
    const url = "https://user:p%40ssword@rpc.example/v3/0123abcd?key=geheim&v=3";
    const said = "v3: user p@ssword or p%40ssword: /v3/0123abcd?key=geheim&v=3, 0123abcd, geheim, 3 times";
    expect(strikeSecrets(said, url)).to.equal("v3: … … or …: …, …, …, 3 times");
    expect(strikeSecrets("v3 and 3", "http://127.0.0.1:8545/v3")).to.equal("v3 and 3");
    expect(strikeSecrets("not found: /", "http://127.0.0.1:8545/")).to.equal("not found: /");
  });
});
