import { describeConformance } from "../swarm/conformance/describe-conformance.js";
import { capabilitiesOf, startBackend } from "./support/start-backend.js";

describeConformance("one real Bee", capabilitiesOf(1), (context) => startBackend(context, 1));
describeConformance("three real Bees", capabilitiesOf(3), (context) => startBackend(context, 3));
