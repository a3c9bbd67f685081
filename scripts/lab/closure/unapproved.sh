# A store path that is in no closure and that nobody approved.
mkdir "$out"
echo "$message" > "$out/message.txt"
