import assert from "node:assert/strict";
import { Passwords } from "../src/passwords.ts";
import { hashed } from "./web_files.ts";

const users = new Map([["alice", hashed("secret")], ["bob", hashed("other")]]);

Deno.test("Passwords: tells right from wrong, each time it is asked", async () => {
  const passwords = new Passwords();
  for (let i = 0; i < 2; i++) {
    assert.equal(await passwords.check(users, "alice", "secret"), true);
    assert.equal(await passwords.check(users, "alice", "other"), false);
    assert.equal(await passwords.check(users, "bob", "other"), true);
    assert.equal(await passwords.check(users, "carol", "secret"), false);
    assert.equal(await passwords.check(users, "", ""), false);
  }
});

Deno.test("Passwords: forgets a verdict with the hash that it was about", async () => {
  const passwords = new Passwords();
  assert.equal(await passwords.check(users, "alice", "secret"), true);
  assert.equal(await passwords.check(new Map([["alice", hashed("new")]]), "alice", "secret"), false);
  assert.equal(await passwords.check(new Map([["bob", hashed("new")]]), "alice", "secret"), false);
});

Deno.test("Passwords: does not let an unknown user in with the password of nobody", async () => {
  assert.equal(await new Passwords().check(users, "mallory", "fakepassword"), false);
});

Deno.test("Passwords: checks so many at once and no more, and those that it knows all the same", async () => {
  const passwords = new Passwords();
  assert.equal(await passwords.check(users, "alice", "secret"), true);
  const guesses = Array.from({ length: 40 }, (_, i) => passwords.check(users, "alice", `guess ${i}`));
  assert.equal(await passwords.check(users, "alice", "secret"), true);
  const verdicts = await Promise.all(guesses);
  assert.deepEqual([...new Set(verdicts)], [false, undefined]);
  assert.equal(verdicts.filter((verdict) => verdict === false).length, 32);
  assert.equal(await passwords.check(users, "alice", "guess 39"), false);
});
