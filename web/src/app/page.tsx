export default function SignInPage() {
  return <main>NexusAPI</main>;
}
