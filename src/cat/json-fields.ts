import { getAddress, isAddress } from "ethers";
import { z } from "zod";

// Fields that several of the formats in JSON have. Each has one spelling, so that a content has one text.

/** A Swarm address: 64 hex digits. */
export const swarmAddress = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");

/** 32 bytes as Ethereum spells them. */
export const word = z.string().regex(/^0x[0-9a-f]{64}$/, "0x and 64 lower-case hexadecimal digits");

/** An Ethereum address with its checksum, so that a mistyped one is seen. */
export const account = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "0x and 40 hexadecimal digits")
  .refine((text) => isAddress(text) && getAddress(text) === text, "a checksummed address");
