// Lives until it is killed: for tests that need a process.
process.stdout.write("up\n");
setInterval(() => undefined, 60_000);
