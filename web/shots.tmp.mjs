import { chromium } from "playwright-core";
const [,, out, ...opts] = process.argv;
const base = "http://127.0.0.1:3130";
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"] });
for (const scheme of ["light","dark"]) for (const width of [1280, 390]) {
  const ctx = await browser.newContext({ colorScheme: scheme, viewport: { width, height: width===390?844:900 }, baseURL: base });
  const page = await ctx.newPage();
  page.on("console", m => { if (m.type()==="error"||m.type()==="warning") console.log(scheme,width,m.type(),m.text().slice(0,300)); });
  page.on("pageerror", e => console.log("PAGEERROR", String(e).slice(0,300)));
  let bytes=0; 
  const cdp = await ctx.newCDPSession(page); await cdp.send("Network.enable");
  const sizes={}; const urls={};
  cdp.on("Network.responseReceived", e=>urls[e.requestId]=e.response.url);
  cdp.on("Network.loadingFinished", e=>{ sizes[urls[e.requestId]]=(sizes[urls[e.requestId]]||0)+e.encodedDataLength; });
  await page.goto("/");
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await page.getByLabel("E-mail").fill(opts[0] ?? "ann@acme.test");
  await page.getByRole("button", { name: "Sign in as somebody else" }).click();
  await page.waitForURL(u => u.pathname.split("/").length===2 && u.pathname.length>1 && u.origin===base);
  if (opts[1]) await page.goto(opts[1]);
  for (const k in sizes) delete sizes[k];
  await page.reload();
  await page.waitForTimeout(2500);
  if (scheme==="light"&&width===1280) { const own=Object.entries(sizes).filter(([u])=>u?.startsWith(base)); console.log("bytes", own.reduce((a,[,s])=>a+s,0), own.map(([u,s])=>u.replace(base,"").slice(0,70)+" "+s).join("\n")); }
  await page.screenshot({ path: `${out}-${scheme}-${width}.png`, fullPage: true });
  await ctx.close();
}
await browser.close();
