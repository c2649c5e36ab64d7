// Builds targets of one variant for a bench: node bench/lib/make.mjs VARIANT cores|all TARGET...
import { buildEngine32, buildVariant } from "../../scripts/build.mjs";

const [variant = "", part = "", ...targets] = process.argv.slice(2);
if (variant === "board32-engine") await buildEngine32(targets);
else await buildVariant(variant, { tests: true, coresOnly: part === "cores", targets });
