import { chromium } from "playwright-core";
const base = "http://127.0.0.1:3571"; const api="http://127.0.0.1:8571", idp="http://127.0.0.1:9571";
const [,, out, email="ann@acme.test", ...paths] = process.argv;
const domain=email.split("@")[1];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"] });
const only = process.env.ONLY;
for (const scheme of ["light","dark"]) for (const width of [1280, 390]) {
  if (only && only!==`${scheme}-${width}`) continue;
  const ctx = await browser.newContext({ colorScheme: scheme, viewport: { width, height: width===390?844:900 }, baseURL: base });
  const page = await ctx.newPage();
  page.on("console", m => { if (m.type()==="error"||m.type()==="warning") console.log(scheme,width,m.type(),m.text().slice(0,300)); });
  page.on("pageerror", e => console.log("PAGEERROR", String(e).slice(0,300)));
  await page.goto("/");
  await page.getByRole("button", { name: "Continue with Google" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Sign in as somebody else" }).click();
  await page.waitForURL(u => u.pathname===`/${domain}`);
  for (const p of paths) {
    const [name, path] = p.split("=",2).length===2 ? [p.slice(0,p.indexOf("=")), p.slice(p.indexOf("=")+1)] : [p,p];
    await page.goto(path);
    await page.waitForTimeout(2000);
    await page.screenshot({ path: `${out}-${name}-${scheme}-${width}.png`, fullPage: true });
  }
  await ctx.close();
}
await browser.close();
