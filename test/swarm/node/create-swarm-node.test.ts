import { describeConformance } from "../conformance.js";
import { startNode } from "../../support/start-node.js";

describeConformance("the embedded node", () => startNode());
