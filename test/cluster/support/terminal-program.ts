/*
 * What runs in the terminals that are shared while servers break: `node terminal-program.ts <seed>`. It prints numbered
 * lines, now and then many, moves on the screen, shows another one, and says of every input (`name:number;`) that it read
 * it. `go;` begins and `stop;` ends the printing, not the reading. No line is as wide as the narrowest terminal, so that none is wrapped.
 */
import { randomFrom } from "../../store/seed.ts";

const random = randomFrom(Number(process.argv[2] ?? 1));
const below = (limit: number): number => Math.floor(random() * limit);
let lines = 0;
let read = "";
let isOver = false;

const line = (): string => {
  lines += 1;
  return `\x1b[${31 + (lines % 7)}mline ${lines} “ж” 漢字 😀\x1b[0m\n`;
};
const many = (count: number): string => Array.from({ length: count }, line).join("");

function print(): string {
  const kind = below(100);
  if (kind < 1) return many(below(10) === 0 ? 3_000 : 50 + below(200));
  if (kind < 5) return `\x1b7\x1b[${1 + below(10)};${1 + below(20)}H\x1b[7m${lines}\x1b[0m\x1b8`;
  if (kind < 7) return `\x1b[?1049h\x1b[2J\x1b[Hanother ${lines}\x1b[?1049l`;
  if (kind < 9) return `\x1b]2;title ${lines}\x07`;
  return line();
}

process.stdin.setRawMode(true);
process.stdin.on("data", (chunk: Buffer) => {
  const inputs = (read + chunk.toString()).split(";");
  read = inputs.pop() ?? "";
  for (const input of inputs) {
    if (input === "stop") isOver = true;
    if (input === "go") go();
    else process.stdout.write(input === "stop" ? "the end\n" : `typed ${input}\n`);
  }
});

function go(): void {
  if (isOver) return;
  process.stdout.write(print());
  setTimeout(go, 5 + below(40));
}

process.stdout.write("ready\n");
