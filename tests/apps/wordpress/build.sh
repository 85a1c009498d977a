# Unpacks Debian's WordPress without installing it, which would start a web server.
set -e
mkdir packages
cd packages
apt-get download wordpress wordpress-theme-twentytwentythree php-getid3 libjs-cropper \
  libjs-underscore
for package in *.deb; do dpkg-deb --extract "$package" .; done
# Links in the package lead to files of the others, as if these were installed.
find usr/share/wordpress -type l -lname '/usr/*' | while read -r link; do
  ln --symbolic --force --no-dereference "$PWD$(readlink "$link")" "$link"
done
# What is left leads to a configuration that an installation would have made.
find usr/share/wordpress -xtype l -delete
cp --recursive --dereference usr/share/wordpress ../wp
cp ../wp-config.php ../wp/
cd ..
rm -r packages
