import { pino, type Logger } from "pino";

export type { Logger };

/** The levels that the configuration knows. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A logger that writes one JSON object a line to standard error, so that standard output stays for results.
 * A safety net, not a licence: `privateKey`, `secretKey` and `password` of a logged object, or one level below, are struck
 * out.
 */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ["privateKey", "password", "secretKey", "*.privateKey", "*.password", "*.secretKey"] },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** For code that is called without one. */
export const silentLogger: Logger = pino({ level: "silent" });
