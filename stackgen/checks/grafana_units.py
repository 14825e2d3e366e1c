"""The ids of Grafana's units (its `valueFormats/categories.ts`), as of Grafana 12."""

from __future__ import annotations

UNITS = frozenset(
    {
        "none", "string", "percentunit", "percent", "short", "humidity", "dB", "hex0x", "hex", "sci", "locale",
        "pixel", "accMS2", "accFS2", "accG", "degree", "radian", "grad", "arcmin", "arcsec", "areaM2", "areaF2",
        "areaMI2", "flops", "mflops", "gflops", "tflops", "pflops", "eflops", "zflops", "yflops", "ppm", "conppb",
        "conngm3", "conngNm3", "conμgm3", "conμgNm3", "conmgm3", "conmgNm3", "congm3", "congNm3", "conmgdL",
        "conmmolL", "currencyUSD", "currencyGBP", "currencyEUR", "currencyJPY", "currencyRUB", "currencyUAH",
        "currencyBRL", "currencyDKK", "currencyISK", "currencyNOK", "currencySEK", "currencyCZK", "currencyCHF",
        "currencyPLN", "currencyBTC", "currencymBTC", "currencyμBTC", "currencyZAR", "currencyINR", "currencyKRW",
        "currencyIDR", "currencyPHP", "bytes", "decbytes", "bits", "decbits", "kbytes", "deckbytes", "mbytes",
        "decmbytes", "gbytes", "decgbytes", "tbytes", "dectbytes", "pbytes", "decpbytes", "pps", "binBps", "KiBs",
        "MiBs", "GiBs", "TiBs", "PiBs", "Bps", "KBs", "MBs", "GBs", "TBs", "PBs", "binbps", "Kibits", "Mibits",
        "Gibits", "Tibits", "Pibits", "bps", "Kbits", "Mbits", "Gbits", "Tbits", "Pbits", "dateTimeAsIso",
        "dateTimeAsIsoNoDateIfToday", "dateTimeAsUS", "dateTimeAsUSNoDateIfToday", "dateTimeAsLocal",
        "dateTimeAsLocalNoDateIfToday", "dateTimeAsSystem", "dateTimeFromNow", "watt", "kwatt", "megwatt", "gwatt",
        "mwatt", "Wm2", "voltamp", "kvoltamp", "voltampreact", "kvoltampreact", "watth", "watthperkg", "kwatth",
        "kwattm", "amph", "kamph", "mamph", "joule", "ev", "amp", "kamp", "mamp", "volt", "kvolt", "mvolt", "dBm",
        "ohm", "kohm", "Mohm", "farad", "µfarad", "nfarad", "pfarad", "ffarad", "henry", "mhenry", "µhenry", "lumens",
        "flowgpm", "flowcms", "flowcfs", "flowcfm", "litreh", "flowlpm", "flowmlpm", "lux", "forceNm", "forcekNm",
        "forceN", "forcekN", "Hs", "KHs", "MHs", "GHs", "THs", "PHs", "EHs", "massmg", "massg", "masslb", "masskg",
        "masst", "lengthmm", "lengthin", "lengthm", "lengthkm", "lengthft", "lengthmi", "pressurembar", "pressurebar",
        "pressurekbar", "pressurepa", "pressurehpa", "pressurekpa", "pressurehg", "pressurepsi", "radbq", "radci",
        "radgy", "radrad", "radusv", "radmsv", "radsv", "radrem", "radexpckg", "radr", "radusvh", "radmsvh", "radsvh",
        "rotrpm", "rothz", "rotrads", "rotdegs", "celsius", "fahrenheit", "kelvin", "hertz", "ns", "µs", "ms", "s",
        "m", "h", "d", "dtdurationms", "dtdurations", "dthms", "dtdhms", "timeticks", "clockms", "clocks", "cps",
        "ops", "reqps", "rps", "wps", "iops", "cpm", "opm", "rpm", "wpm", "velocityms", "velocitykmh", "velocitymph",
        "velocityknot", "mlitre", "litre", "m3", "Nm3", "dm3", "gallons", "bool", "bool_yes_no", "bool_on_off", "eps",
        "epm", "mps", "mpm", "recps", "recpm", "rowsps", "rowspm", "reqpm", "iopm",
    }
)  # fmt: skip

#: How units of one's own begin (Grafana, "Standard options").
OWN = ("suffix:", "prefix:", "si:", "count:", "currency:", "time:", "bool:", "percent:")
